import { type HttpApi, type HttpApiGroup, OpenApi } from "effect/http-api"

export interface KnownRoutes {
  /** The methods of the route at a path, empty where there is none. */
  readonly methods: (path: string) => ReadonlyArray<string>
  /** The template of the route at a path, such as `/dlq/{id}`; undefined where there is none. */
  readonly template: (path: string) => string | undefined
}

const matcher = (template: string): RegExp =>
  new RegExp(
    `^${template
      .split("/")
      .map((part) => (part.startsWith("{") ? "[^/]+" : part.replace(/[.*+?^$()|[\]\\]/g, "\\$&")))
      .join("/")}/?$`,
  )

/** Those of `api` and those that are added by hand, which all are GET. */
export const knownRoutes = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>,
  others: ReadonlyArray<string>,
): KnownRoutes => {
  const declared = Object.entries(OpenApi.fromApi(api).paths).map(([path, methods]) => [path, Object.keys(methods)] as const)
  const routes = [...declared, ...others.map((path) => [path, ["get"]] as const)].map(([path, methods]) => ({
    path,
    matches: matcher(path),
    exact: !path.includes("{"),
    methods: methods.flatMap((method) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()])),
  }))
  const at = (path: string) => {
    const found = routes.filter(({ matches }) => matches.test(path))
    // What is named as it stands is not also an id.
    const named = found.filter(({ exact }) => exact)
    return named.length > 0 ? named : found
  }
  return {
    methods: (path) => [...new Set(at(path).flatMap(({ methods }) => methods))],
    template: (path) => at(path)[0]?.path,
  }
}
