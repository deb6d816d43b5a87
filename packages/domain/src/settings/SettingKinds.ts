import { Duration, Option, Redacted, Result } from "effect"
import { IpNetwork, NetAddress } from "effect/net"

/** How one variable is read: its default as text, what it may hold, for a person, and the value that comes of it. */
export interface Setting<A> {
  readonly default: string
  readonly may: string
  readonly about: string
  readonly secret: boolean
  readonly parse: (text: string) => Option.Option<A>
}

const make = <A>(fallback: string, about: string, may: string, parse: (text: string) => Option.Option<A>, secret = false): Setting<A> => ({
  default: fallback,
  about,
  may,
  parse,
  secret,
})

export const text = (fallback: string, about: string) => make(fallback, about, "any text", Option.some)

/** The password of example files: whoever forgets to change it must not get a running system. */
const isExample = (raw: string) => /^(\w+:\/\/[^/@]*:)?changeme(@.*)?$/i.test(raw)

/** A value that no message ever shows. `allows` judges what was given; empty is always allowed, `changeme` never. */
export const secret = (about: string, may = "any text", allows: (text: string) => boolean = () => true) =>
  make<Redacted.Redacted>(
    "",
    about,
    `${may}, but not changeme`,
    (raw) => (raw === "" || (allows(raw) && !isExample(raw)) ? Option.some(Redacted.make(raw)) : Option.none()),
    true,
  )

export const number = (fallback: number, min: number, max: number, about: string) =>
  make(String(fallback), about, `a number from ${min} to ${max}`, (raw) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(raw) ? Number(raw) : Number.NaN
    return value >= min && value <= max ? Option.some(value) : Option.none()
  })

export const integer = (fallback: number, min: number, max: number, about: string) =>
  make(String(fallback), about, `a whole number from ${min} to ${max}`, (raw) => {
    const value = /^-?\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN
    return value >= min && value <= max ? Option.some(value) : Option.none()
  })

/** Port 0 is allowed: the system chooses a free one. */
export const port = (fallback: number, about: string) => ({
  ...integer(fallback, 0, 65_535, about),
  may: "a port is a number from 1 to 65535, or 0 for any free one",
})

export const oneOf = <const A extends ReadonlyArray<string>>(fallback: A[number], values: A, about: string) =>
  make<A[number]>(fallback, about, `one of ${values.join(", ")}`, (raw) =>
    values.includes(raw.toLowerCase()) ? Option.some(raw.toLowerCase() as A[number]) : Option.none(),
  )

const levels = ["trace", "debug", "info", "warn", "error", "fatal", "none"] as const

export const level = (fallback: (typeof levels)[number], about: string) => oneOf(fallback, levels, about)

export const duration = (fallback: string, about: string, min: Duration.Input = "1 millis", max: Duration.Input = "7 days") => {
  const [least, most] = [Duration.fromInputUnsafe(min), Duration.fromInputUnsafe(max)]
  const range = `from ${Duration.format(least)} to ${Duration.format(most)}`
  return make(
    fallback,
    about,
    `a length of time ${range} such as "250 millis", "30 seconds", "5 minutes", or a number of seconds`,
    (raw) => {
      const input = /^\d+(\.\d+)?$/.test(raw) ? `${raw} seconds` : raw
      if (!/^\d{1,12}(\.\d{1,9})? (millis|seconds?|minutes?|hours?|days?)$/.test(input)) return Option.none()
      const value = Duration.fromInputUnsafe(input as Duration.Input)
      return Duration.between(value, { minimum: least, maximum: most }) ? Option.some(value) : Option.none()
    },
  )
}

export const url = (fallback: string, about: string) =>
  make(fallback, about, "a URL that begins with http:// or https://", (raw) =>
    /^https?:\/\//.test(raw) && URL.canParse(raw) ? Option.some(raw.replace(/\/+$/, "")) : Option.none(),
  )

const isSocketUrl = (raw: string) => /^wss?:\/\//.test(raw) && URL.canParse(raw)

/** WebSocket addresses, tried in turn; the value stays the text. */
export const socketUrls = (fallback: string, about: string) =>
  make(fallback, about, "URLs that begin with ws:// or wss://, comma-separated", (raw) =>
    raw.split(",").every((one) => isSocketUrl(one.trim())) ? Option.some(raw) : Option.none(),
  )

export const hosts = (fallback: string, about: string) =>
  make<ReadonlyArray<string>>(fallback, about, "host names or host:port, comma-separated, without a scheme or path", (raw) => {
    const list = raw
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== "")
    return list.every((host) => /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/.test(host)) ? Option.some(list) : Option.none()
  })

const networkOf = (raw: string): Option.Option<IpNetwork.IpNetwork> =>
  Result.getSuccess(
    raw.includes("/")
      ? IpNetwork.fromString(raw)
      : Result.flatMap(NetAddress.ipFromString(raw), (address) =>
          IpNetwork.fromAddress(address, address._tag === "Ipv4Address" ? 32 : 128),
        ),
  )

export const networks = (fallback: string, about: string) =>
  make<ReadonlyArray<IpNetwork.IpNetwork>>(
    fallback,
    about,
    "IP addresses or networks such as 10.0.0.0/8, the rest of the address zero, comma-separated",
    (raw) =>
      Option.all(
        raw
          .split(",")
          .map((one) => one.trim())
          .filter((one) => one !== "")
          .map(networkOf),
      ),
  )
