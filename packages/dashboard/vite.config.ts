import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"

const server = "http://127.0.0.1:8080"

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // A font or picture inlined as data: would need a looser content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": server, "/ws": { target: server.replace("http", "ws"), ws: true } },
  },
})
