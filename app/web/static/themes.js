// The remembered switch between light and dark. What the system asks for is forgotten as soon as it is chosen again.

const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

export function offerThemes() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => choose(shown() === "dark" ? "light" : "dark"));
  button.setAttribute("aria-pressed", String(shown() === "dark"));
  systemIsDark.addEventListener("change", () => button.setAttribute("aria-pressed", String(shown() === "dark")));

  function choose(theme) {
    const isTheSystems = theme === (systemIsDark.matches ? "dark" : "light");
    if (isTheSystems) delete root.dataset.theme;
    else root.dataset.theme = theme;
    remember(isTheSystems ? null : theme);
    button.setAttribute("aria-pressed", String(theme === "dark"));
  }
}

function shown() {
  return root.dataset.theme ?? (systemIsDark.matches ? "dark" : "light");
}

function remember(theme) {
  try {
    if (theme === null) localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Without storage the choice holds for this page.
  }
}
