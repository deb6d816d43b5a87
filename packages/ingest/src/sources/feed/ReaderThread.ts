import { parentPort } from "node:worker_threads"
import { parseDocument } from "./Document.ts"
import type { Answer, Question } from "./Reader.ts"
import { Unreadable } from "./Unreadable.ts"

const answerTo = ({ text, host, url }: Question): Answer => {
  try {
    return { document: parseDocument(text, host, url) }
  } catch (error) {
    return { unreadable: error instanceof Unreadable ? error.message : String(error) }
  }
}

// What the program sends is parsed, one document after the other; it ends this thread when it takes too long.
parentPort!.on("message", (question: Question) => parentPort!.postMessage(answerTo(question)))
