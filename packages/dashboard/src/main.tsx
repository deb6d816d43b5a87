import "@fontsource-variable/inter/wght.css"
import "./app/all.css"
import { createRoot } from "react-dom/client"
import { App } from "./app/App.tsx"
import { makeAccounts } from "./server/client.ts"
import { makeSession, takeCode } from "./server/session.ts"
import { browserTabs } from "./server/tabs.ts"
import { applyTheme, storedTheme } from "./view/theme.ts"

applyTheme(storedTheme())
const transport = { baseUrl: location.origin, fetch: globalThis.fetch.bind(globalThis) }
const session = makeSession(makeAccounts(transport), browserTabs())
void session.start(takeCode())
addEventListener("hashchange", () => {
  const code = takeCode()
  if (code !== null) void session.start(code)
})
const root = document.querySelector("#root")
if (root !== null) createRoot(root).render(<App session={session} transport={transport} />)
