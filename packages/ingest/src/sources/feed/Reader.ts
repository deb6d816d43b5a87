import { Worker } from "node:worker_threads"
import { Effect, type Scope, Semaphore } from "effect"
import { SourceError } from "../../SourceAdapter.ts"
import type { FeedDocument } from "./Entry.ts"

export interface Question {
  readonly text: string
  readonly host: string
  readonly url: string
}

export type Answer = { readonly document: FeedDocument } | { readonly unreadable: string }

export interface ReaderOptions {
  readonly thread?: URL
  /** Longest time for one document, in milliseconds. */
  readonly deadlineMs?: number
  /** How long the thread waits for another document before it ends. */
  readonly idleMs?: number
  readonly heapMb?: number
}

export interface Reader {
  /** The feed in a text. A document that takes too long or too much memory fails alone. */
  readonly read: (question: Question) => Effect.Effect<FeedDocument, SourceError>
  /** Whether the thread is there. */
  readonly isRunning: () => boolean
}

const malformed = (message: string) => new SourceError({ reason: "malformed", message })

/**
 * Reads feeds in a thread of its own, one at a time, so that a document which somebody made to cost time or memory costs only itself: the thread is
 * ended then, and another one reads the next. It starts with the first document and ends when there has been none for a while.
 */
export const makeReader = ({
  thread = new URL("./ReaderThread.ts", import.meta.url),
  deadlineMs = 10_000,
  idleMs = 20_000,
  heapMb = 96,
}: ReaderOptions = {}): Effect.Effect<Reader, never, Scope.Scope> =>
  Effect.gen(function* () {
    const turn = yield* Semaphore.make(1)
    let worker: Worker | null = null
    let idle: NodeJS.Timeout | undefined

    const end = () => {
      clearTimeout(idle)
      const ended = worker
      worker = null
      return ended?.terminate() ?? Promise.resolve()
    }

    const running = () => {
      clearTimeout(idle)
      if (worker !== null) return worker
      const resourceLimits = { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 8, codeRangeSizeMb: 16, stackSizeMb: 2 }
      const started = new Worker(thread, { resourceLimits, execArgv: [], stderr: true, stdout: true })
      // Without a listener, a failure between two documents would be the program's.
      started.on("error", () => undefined)
      started.once("exit", () => {
        if (worker === started) worker = null
      })
      started.unref()
      return (worker = started)
    }

    const ask = (question: Question) =>
      Effect.callback<FeedDocument, SourceError>((resume) => {
        const asked = running()
        asked.ref()
        const { host, text } = question
        const settle = (result: Effect.Effect<FeedDocument, SourceError>) => {
          clearTimeout(late)
          asked.off("message", answered).off("error", failed).off("exit", exited)
          if (worker === asked) {
            asked.unref()
            idle = setTimeout(() => void end(), idleMs).unref()
          }
          resume(result)
        }
        const abandon = (why: string) => {
          void end()
          settle(Effect.fail(malformed(`${host} sent a feed that ${why} (${text.length} characters): reading it was given up`)))
        }
        const answered = (answer: Answer) =>
          settle("document" in answer ? Effect.succeed(answer.document) : Effect.fail(malformed(answer.unreadable)))
        const failed = (error: Error) =>
          abandon(
            (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY"
              ? `needs more than ${heapMb} MB of memory to be read`
              : `breaks what reads it: ${error.message.slice(0, 200)}`,
          )
        const exited = () => abandon("ended the thread that reads it")
        // In real time, whatever clock the program runs by: it is the thread that takes it.
        const late = setTimeout(() => abandon(`takes more than ${deadlineMs / 1_000} s to read`), deadlineMs)
        asked.on("message", answered).once("error", failed).once("exit", exited)
        asked.postMessage(question)
        return Effect.promise(async () => {
          settle(Effect.never)
          await end()
        })
      })

    yield* Effect.addFinalizer(() => Effect.promise(async () => void (await end())))
    return { read: (question) => turn.withPermits(1)(ask(question)), isRunning: () => worker !== null }
  })
