import { Schema } from "effect"

/** The command did not do what was asked; the message says what happened and what to do. */
export class Failed extends Schema.TaggedError<Failed>()("Failed", { message: Schema.String }) {}

/** The command was used wrongly: exit code 2. */
export class Misused extends Schema.TaggedError<Misused>()("Misused", { message: Schema.String }) {}
