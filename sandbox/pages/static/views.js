// Asks before what wants to be confirmed, and shows what the app has changed meanwhile. Enter in a
// search searches, and does not submit the window; Escape closes it.
const form = document.getElementById("view");
let touched = false;

form.addEventListener("input", () => { touched = true; });
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-confirm]");
  if (button && !window.confirm(button.dataset.confirm)) event.preventDefault();
});
form.addEventListener("keydown", (event) => {
  const search = event.key === "Enter" && event.target.closest(".search");
  if (!search || event.target.type !== "search") return;
  event.preventDefault();
  search.querySelector("button").click();
});

// Where a search has been done, where something is wrong, or where a person begins.
function place() {
  const asked = location.hash && document.getElementById(location.hash.slice(1));
  const wrong = form.querySelector("[aria-invalid=true]");
  if (asked || wrong) return asked || wrong;
  const begun = form.contains(document.activeElement) || !form.closest("[role=dialog]");
  return begun ? null : form.querySelector("input:not([type=hidden]), textarea, select");
}

place()?.focus();

document.addEventListener("keydown", (event) => {
  // A search is emptied by it first.
  if (event.target.type === "search" && event.target.value) return;
  if (event.key === "Escape") form.querySelector("button[value=close]")?.click();
});

async function look() {
  const answer = await fetch(form.dataset.address);
  if (!answer.ok || (await answer.json()) === form.dataset.hash) return;
  if (touched) document.getElementById("changed").hidden = false;
  else location.replace(form.dataset.now);
}

setInterval(() => {
  if (!document.hidden) look().catch(() => {});
}, 1000);
