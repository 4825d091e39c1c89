// Fetches the messages again every two seconds and shows them when they changed.
const log = document.getElementById("log");

function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
}

// A menu that is open, or a field that is being used, must not vanish under somebody's hands.
function inUse() {
  const focused = document.activeElement;
  return log.querySelector("details[open]") || (log.contains(focused) && focused.matches("input, select, textarea"));
}

// A menu that opens at the lower end would open out of sight.
log.addEventListener("toggle", ({ target }) => {
  if (target.open) target.scrollIntoView({ block: "nearest" });
}, true);

async function refresh() {
  if (inUse()) return;
  const answer = await fetch(log.dataset.address);
  if (!answer.ok) return;
  const text = await answer.text();
  if (text.trim() === shown) return;
  shown = text.trim();
  const follow = atEnd();
  const focused = document.activeElement && document.activeElement.id;
  log.innerHTML = text;
  if (focused && focused.startsWith("press-")) document.getElementById(focused)?.focus();
  if (follow) log.scrollTop = log.scrollHeight;
}

let shown = "";
log.scrollTop = log.scrollHeight;
setInterval(() => {
  if (!document.hidden) refresh().catch(() => {});
}, 2000);
