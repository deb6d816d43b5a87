// What a health check of the container asks: exits 0 where the service beside it answers 200. Usage: node probe.js /ready
const port = process.env.METRICS_PORT || "8000"
const path = process.argv[2] ?? "/health"
const refused = (why) => {
  process.stderr.write(`${path} on port ${port}: ${why}\n`)
  process.exitCode = 1
}
await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4_000) }).then(async (response) => {
  if (!response.ok) refused(`${response.status} ${(await response.text()).slice(0, 500)}`)
}, refused)
