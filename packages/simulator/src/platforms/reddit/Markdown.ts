const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("'", "&#39;")

const block = (paragraph: string): string => {
  const lines = paragraph.split("\n")
  if (lines.every((line) => line.startsWith("> ")))
    return `<blockquote>\n<p>${lines.map((line) => escaped(line.slice(2))).join("<br/>")}</p>\n</blockquote>`
  if (lines.every((line) => line.startsWith("* ")))
    return `<ul>\n${lines.map((line) => `<li>${escaped(line.slice(2))}</li>`).join("\n")}\n</ul>`
  const inline = escaped(paragraph)
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<a href="$2">$1</a>')
  return `<p>${inline}</p>`
}
/** As the site renders Markdown; what the generated texts use of it. */
export const html = (markdown: string): string => `<div class="md">${markdown.split("\n\n").map(block).join("\n\n")}\n</div>`
