/** What an address is counted by: itself, or the /64 network of an IPv6 one, which a single subscriber owns whole. */
export const addressKey = (address: string | undefined): string => {
  if (address === undefined || address === "") return "unknown"
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]!
  if (!address.includes(":")) return address
  const [head = "", tail = ""] = (address.split("%")[0] ?? "").split("::")
  const left = head === "" ? [] : head.split(":")
  const right = tail === "" ? [] : tail.split(":")
  const zeros = address.includes("::") ? Math.max(0, 8 - left.length - right.length) : 0
  return `${[...left, ...Array.from({ length: zeros }, () => "0"), ...right]
    .slice(0, 4)
    .map((part) => part.toLowerCase())
    .join(":")}::/64`
}
