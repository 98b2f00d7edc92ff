// Light, dark, or as the system has it.

type Theme = "light" | "dark" | "auto";

const KEY = "theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function stored(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "auto";
  } catch {
    return "auto"; // A browser that stores nothing.
  }
}

export const isDark = (): boolean => document.documentElement.dataset.theme === "dark";

function apply(): void {
  const theme = stored();
  document.documentElement.dataset.theme = theme === "auto" ? (system.matches ? "dark" : "light") : theme;
}

apply();

/** Lets a button change between light and dark; `changed` draws anew what is drawn with colours of the theme. */
export function themes(button: HTMLButtonElement, changed: () => void): void {
  const tell = (): void => {
    const next = isDark() ? "light" : "dark";
    button.setAttribute("aria-label", `Change to ${next} colours`);
    button.title = `Change to ${next} colours`;
  };
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(KEY, isDark() ? "light" : "dark");
      apply();
    } catch {
      document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    }
    tell();
    changed();
  });
  system.addEventListener("change", () => {
    apply();
    tell();
    changed();
  });
  tell();
}
