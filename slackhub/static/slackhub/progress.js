// Keeps the progress panel of a run up to date while the page is in view.
"use strict";

const EVERY = 2000;
const COLUMNS = ["total", "left", "sent", "failed", "unknown", "done"];

function cell(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (tag === "td") element.className = "n";
  else element.scope = "row";
  return element;
}

function show(panel, facts) {
  const sentence = panel.querySelector("[data-sentence]");
  // Screen readers speak each change: none where nothing changed.
  if (sentence.textContent !== facts.sentence) sentence.textContent = facts.sentence;
  panel.querySelector("[data-percent]").value = facts.percent;
  for (const row of facts.counts) {
    panel.querySelector(`[data-count="${row.state}"]`).textContent = row.count;
    const bar = panel.querySelector(`[data-bar="${row.state}"]`);
    bar.max = facts.total || 1;
    bar.value = row.count;
  }
  panel.querySelector("[data-teams]").replaceChildren(...facts.teams.map((team) => {
    const row = document.createElement("tr");
    row.append(cell("th", team.name), ...COLUMNS.map((name) => cell("td", team[name])));
    return row;
  }));
}

async function follow(panel) {
  let isMoving = true;
  if (!document.hidden) {
    try {
      const answer = await fetch(panel.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const facts = await answer.json();
        // Its buttons and facts belong to the state that it was opened in; nothing is typed here.
        if (facts.state !== panel.dataset.state) return location.reload();
        show(panel, facts);
        isMoving = facts.is_moving;
      }
    } catch {
      // The hub is away for a moment: the next round tries again.
    }
  }
  if (isMoving) setTimeout(follow, EVERY, panel);
}

document.addEventListener("DOMContentLoaded", () => {
  for (const panel of document.querySelectorAll("[data-progress]")) setTimeout(follow, EVERY, panel);
});
