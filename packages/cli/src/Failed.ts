import { Schema } from "effect"

/** The command did not do what was asked; the message says what happened and what to do. */
export class Failed extends Schema.TaggedError<Failed>()("Failed", { message: Schema.String }) {}
