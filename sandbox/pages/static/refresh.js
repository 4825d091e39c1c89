// Fetches the messages again every two seconds and shows them when they changed.
const log = document.getElementById("log");

function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
}

async function refresh() {
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
