/** Keeps the values of a label few: those past `limit`, and those that look like data rather than a name, become `other`. */
export const boundedLabel = (limit: number) => {
  const known = new Set<string>()
  return (value: string): string => {
    if (known.has(value)) return value
    if (known.size >= limit || !/^[a-zA-Z0-9_.-]{0,64}$/.test(value)) return "other"
    known.add(value)
    return value
  }
}
