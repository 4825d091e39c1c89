// Asks before what wants to be confirmed, and shows what the app has changed meanwhile.
const form = document.getElementById("view");
let touched = false;

form.addEventListener("input", () => { touched = true; });
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-confirm]");
  if (button && !window.confirm(button.dataset.confirm)) event.preventDefault();
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
