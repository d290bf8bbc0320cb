// Runs before Streamlit's own script, on every page of both apps.

// 1. Quiet while nobody looks: a fragment that repeats is a timer of whole seconds here, and
//    Streamlit lets it run in hidden tabs too. Its turn is skipped until the tab is seen again.
const every = window.setInterval.bind(window);
window.setInterval = (turn, wait, ...rest) =>
  typeof turn === "function" && wait >= 1000
    ? every(() => document.hidden || turn(...rest), wait)
    : every(turn, wait, ...rest);

// 2. The first paint stays until Streamlit shows its own, then leaves for good: a link that is
//    revoked later must not uncover it again.
const takeOver = new MutationObserver(() => {
  const live = document.querySelector("#root .st-key-live > *");
  if (!live) return;
  takeOver.disconnect();
  const seen = window.scrollY;
  document.getElementById("first")?.remove();
  document.body.classList.remove("waiting");
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, seen);
});
takeOver.observe(document.documentElement, { childList: true, subtree: true });
