import { Schema } from "effect"

/** Redis is unavailable, too busy, or refused a command. The library's own error stays out: it holds the arguments, passwords and user text among them. */
export class RedisError extends Schema.TaggedError<RedisError>()("RedisError", { message: Schema.String }) {}
