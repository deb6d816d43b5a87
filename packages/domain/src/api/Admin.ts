import { HttpApiMiddleware } from "effect/http-api"
import { type CurrentUser, Forbidden } from "./Access.ts"

/** Stands behind `Authenticated`: only who has role admin passes. */
export class AdminOnly extends HttpApiMiddleware.Service<AdminOnly, { requires: CurrentUser }>()("@signalflow/domain/AdminOnly", {
  error: Forbidden,
}) {}
