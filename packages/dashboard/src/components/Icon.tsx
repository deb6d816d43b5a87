const shapes = {
  up: "M8 3.2 13.4 12H2.6z",
  down: "M8 12.8 2.6 4h10.8z",
  level: "M3 8h10",
  close: "m4 4 8 8m0-8-8 8",
  out: "M6.5 3.5h-3v9h9v-3M9 3h4v4M13 3 7.5 8.5",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M3.2 12.8l1.1-1.1M11.7 4.3l1.1-1.1",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8",
  auto: "M8 2.4a5.6 5.6 0 1 0 0 11.2V2.4m0 0a5.6 5.6 0 0 1 0 11.2",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.2 12.6 8 5 12.8z",
  search: "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4M10.2 10.2l3.2 3.2",
  help: "M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12.2v.1",
  exit: "M6.5 2.8h-3v10.4h3M7 8h6.2M10.6 5.2 13.4 8l-2.8 2.8",
  table: "M2.5 3.5h11v9h-11zM2.5 6.8h11M2.5 9.8h11M6.5 6.8v5.7",
  chart: "M3 13V8M6.4 13V4.6M9.8 13V9.6M13.2 13V6.4",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.5v-7h7",
  wave: "M1.5 10.5h2.6l1.6-1.6 1.9 2.2L10.6 4l1.6 4.6h2.3",
  source: "M3.6 12.4v.1M3 8.4a4.6 4.6 0 0 1 4.6 4.6M3 4a9 9 0 0 1 9 9",
  warn: "M8 2.6 14.2 13.2H1.8zM8 6.6v3M8 11.4v.1",
  comment: "M2.8 3.5h10.4v7H7.6L4.8 13v-2.5h-2z",
} as const

const filled = new Set<keyof typeof shapes>(["up", "down", "play"])

/** A small drawing beside a word; never the only carrier of a meaning. */
export const Icon = ({ name }: { readonly name: keyof typeof shapes }) => (
  <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d={shapes[name]} className={filled.has(name) ? "icon-fill" : "icon-line"} />
  </svg>
)
