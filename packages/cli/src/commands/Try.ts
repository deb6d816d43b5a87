import { read, emptySnapshot, textOf } from "@signalflow/process/reading/Reading"
import { createInterface } from "node:readline"
import { Effect, Stream } from "effect"
import { Argument, Command } from "effect/cli"
import { Failed } from "../print/Failed.ts"

interface Line {
  readonly title: string
  readonly body: string
  readonly language: string | null
}

const string = (value: unknown): string => (typeof value === "string" ? value : "")

/** A line of plain text, or a JSON object with `title`/`body` or `text`, and optionally `language`. */
export const parseLine = (line: string): Line => {
  if (line.startsWith("{")) {
    try {
      const json = JSON.parse(line) as Record<string, unknown>
      return { title: string(json["title"]), body: string(json["body"] ?? json["text"]), language: string(json["language"]) || null }
    } catch {
      return { title: line, body: "", language: null }
    }
  }
  return { title: line, body: "", language: null }
}

export const readings = {
  sentiment: (line: Line) => {
    const { language, sentiment } = read(line, emptySnapshot)
    return { text: textOf(line), language, compound: sentiment?.compound ?? null, label: sentiment?.label ?? null }
  },
  keywords: (line: Line) => {
    const { keywords, topics } = read(line, emptySnapshot)
    return { text: textOf(line), keywords, topics }
  },
  language: (line: Line) => ({ text: textOf(line), language: read(line, emptySnapshot).language }),
  entities: (line: Line) => ({ text: textOf(line), entities: read(line, emptySnapshot).entities }),
} as const

const lines = Stream.fromAsyncIterable(
  createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
  (cause) => new Failed({ message: `The input cannot be read: ${String(cause)}` }),
)

export const tryOut = Command.make(
  "try",
  {
    what: Argument.Literals("what", Object.keys(readings) as ReadonlyArray<keyof typeof readings>).pipe(
      Argument.withDescription("What to read from each line of standard input"),
    ),
  },
  ({ what }) =>
    lines.pipe(
      Stream.filter((line) => line.trim() !== ""),
      Stream.runForEach((line) => Effect.sync(() => void process.stdout.write(`${JSON.stringify(readings[what](parseLine(line)))}\n`))),
    ),
).pipe(Command.withDescription("Read lines of text (or NDJSON with title, body or text) and print what is found in them, as NDJSON"))
