import { Schema } from "effect"

/** Slug of a social network. Open on purpose: a new source does not edit the domain. */
export const Platform = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9]{0,31}$/)).pipe(Schema.brand("Platform"))
export type Platform = typeof Platform.Type
