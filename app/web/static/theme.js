// Runs before the first paint, so that a page never flashes in the colours that were switched off.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be switched off; the system's colours are used then.
  }
  document.documentElement.dataset.scripted = "";
})();
