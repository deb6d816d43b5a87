const LIMIT = 100

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")

/** How people write a topic: its most frequent form in these texts; a ticker in capitals; the topic itself where it is written in no form of its own. */
export const labelOf = (topic: string, texts: ReadonlyArray<string>): string => {
  if (topic.startsWith("$")) return topic.toUpperCase()
  const forms = new Map<string, number>()
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(topic).replace(/\s+/g, "\\s+")}(?![\\p{L}\\p{N}_])`, "giu")
  for (const text of texts) for (const [form] of text.matchAll(pattern)) forms.set(form, (forms.get(form) ?? 0) + 1)
  let best = topic
  let most = 0
  for (const [form, times] of forms) if (times > most) [best, most] = [form, times]
  return best.replace(/\s+/g, " ").slice(0, LIMIT)
}
