import { CurrentUser, Forbidden } from "@signalflow/domain/api/Access"
import { AdminOnly } from "@signalflow/domain/api/Admin"
import { Effect, Layer } from "effect"

/** Stands before every route of administrators, behind the authentication. */
export const layer = Layer.succeed(
  AdminOnly,
  AdminOnly.of((app) =>
    Effect.gen(function* () {
      const { name, role } = yield* CurrentUser
      if (role !== "admin") return yield* new Forbidden({ detail: `${name} has role ${role}: this needs role admin` })
      return yield* app
    }),
  ),
)
