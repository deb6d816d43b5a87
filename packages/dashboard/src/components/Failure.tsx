import type { Failure } from "../server/failure.ts"
import { Blank } from "./Blank.tsx"

const titles: Record<Failure["_tag"], string> = {
  Offline: "The server does not answer",
  Busy: "Too many requests at once",
  Refused: "This could not be loaded",
  SignedOut: "Your session has ended",
}

const what = (failure: Failure): string => {
  switch (failure._tag) {
    case "Offline":
      return "Is signalflow still running?"
    case "Busy":
      return `The limit lifts in ${failure.retryAfter} s.`
    default:
      return failure.message
  }
}

interface FailureBlankProps {
  readonly failure: Failure
  readonly retry: () => void
  /** Whether what failed is asked again without anybody pressing anything. */
  readonly byItself?: boolean
}

/** An error in place of what it kept from being shown: what happened, and a way to try again. */
export const FailureBlank = ({ failure, retry, byItself = true }: FailureBlankProps) => (
  <Blank
    icon="warn"
    tone="warn"
    title={titles[failure._tag]}
    action={
      <button type="button" className="button" onClick={retry}>
        Try again
      </button>
    }
  >
    {what(failure)}
    {byItself ? " This page retries automatically." : ""}
  </Blank>
)
