export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]

const NAME = "signalflow.theme"

/** The stored choice; storage may be forbidden, and then it lasts as long as the page. */
export const storedTheme = (): Theme => {
  try {
    return themes.find((theme) => theme === localStorage.getItem(NAME)) ?? "system"
  } catch {
    return "system"
  }
}

export const applyTheme = (theme: Theme): void => {
  if (theme === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = theme
}

export const chooseTheme = (theme: Theme): void => {
  applyTheme(theme)
  try {
    localStorage.setItem(NAME, theme)
  } catch {
    return
  }
}
