// Light or dark: what the viewer chose here, else what the system says. Runs before the first paint.

(() => {
  const KEY = "tclsearch-theme";
  const root = document.documentElement;
  const chosen = () => localStorage.getItem(KEY) ?? "system";

  function apply() {
    const theme = chosen();
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    // Charts hold colours that no style sheet reaches.
    document.dispatchEvent(new Event("themechange"));
  }

  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  addEventListener("storage", (event) => event.key === KEY && apply());
  document.addEventListener("DOMContentLoaded", () => {
    const themes = document.getElementById("themes");
    themes.querySelector(`[value="${chosen()}"]`).checked = true;
    themes.addEventListener("change", ({ target }) => {
      if (target.value === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, target.value);
      apply();
    });
  });
})();
