import { Formatter, Layer, Logger, type LogLevel, References } from "effect"
import * as LogText from "./LogText.ts"

export interface LoggingOptions {
  /** Least severe line that is written. */
  readonly level: LogLevel.LogLevel | Lowercase<LogLevel.LogLevel>
  /** `pretty`: a line for a person; `json`: an object for a machine. */
  readonly format: "pretty" | "json"
  /** Where lines go; standard error by default, since results go to standard output. */
  readonly write?: (line: string) => void
  readonly colours?: boolean
}

const clean = (text: string) => LogText.bounded(LogText.withoutSecrets(text))

interface Line {
  readonly time: Date
  readonly level: string
  readonly message: string
  readonly annotations: Readonly<Record<string, string>>
  readonly spans: Readonly<Record<string, number>>
  readonly error: string | undefined
}

const toLine = ({ message, logLevel, cause, fiber, date }: Logger.Options<unknown>): Line => {
  const parts = Array.isArray(message) ? message : [message]
  const annotations = Object.entries(fiber.getRef(References.CurrentLogAnnotations))
  return {
    time: date,
    level: logLevel.toLowerCase(),
    message: clean(parts.map(LogText.show).join(" ")),
    annotations: Object.fromEntries(annotations.map(([name, value]) => [name, clean(LogText.show(value))])),
    spans: Object.fromEntries(fiber.getRef(References.CurrentLogSpans).map(([name, from]) => [name, date.getTime() - from])),
    error: cause.reasons.length === 0 ? undefined : clean(LogText.describeCause(cause)),
  }
}

const json = ({ time, level, message, annotations, spans, error }: Line): string =>
  Formatter.formatJson({
    time: time.toISOString(),
    level,
    message,
    ...(error === undefined ? {} : { error }),
    ...(Object.keys(spans).length === 0 ? {} : { spans }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  })

const COLOURS: Readonly<Record<string, number>> = { fatal: 31, error: 31, warn: 33, info: 36, debug: 90, trace: 90 }

const pretty =
  (colours: boolean) =>
  ({ time, level, message, annotations, spans, error }: Line): string => {
    const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)
    const details = [
      ...Object.entries(spans).map(([name, ms]) => `${name}=${ms}ms`),
      ...Object.entries(annotations).map(([name, value]) => `${name}=${value}`),
    ]
    const line = `${paint(90, time.toTimeString().slice(0, 8))} ${paint(COLOURS[level] ?? 0, level.padEnd(5))} ${LogText.printable(message)}`
    const more = details.length === 0 ? "" : ` ${paint(90, LogText.printable(details.join(" ")))}`
    return `${line}${more}${error === undefined ? "" : `\n    ${LogText.printable(error)}`}`
  }

const levelOf = (name: LoggingOptions["level"]): LogLevel.LogLevel => `${name[0]!.toUpperCase()}${name.slice(1)}` as LogLevel.LogLevel

/** Structured logs to standard error: quiet when all is well, bounded, without secrets. */
export const layer = ({ level, format, write, colours }: LoggingOptions): Layer.Layer<never> => {
  const render = format === "json" ? json : pretty(colours ?? (process.stderr.isTTY && process.stderr.hasColors()))
  const out = write ?? ((line: string) => void process.stderr.write(`${line}\n`))
  const logger = Logger.make<unknown, void>((options) => out(render(toLine(options))))
  return Layer.merge(Logger.layer([logger]), Layer.succeed(References.MinimumLogLevel, levelOf(level)))
}
