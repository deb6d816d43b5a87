import { Schema } from "effect"
import { HttpApiError, HttpApiMiddleware } from "effect/http-api"
import { BadRequest, Unavailable } from "./Access.ts"

const BLANK = "about:blank" as const
const detail = { detail: Schema.String }

export class MethodNotAllowed extends HttpApiError.Problem<MethodNotAllowed>()(
  "MethodNotAllowed",
  { type: BLANK, status: 405, title: "Method Not Allowed" },
  detail,
) {}
export class PayloadTooLarge extends HttpApiError.Problem<PayloadTooLarge>()(
  "PayloadTooLarge",
  { type: BLANK, status: 413, title: "Payload Too Large" },
  detail,
) {}
export class UriTooLong extends HttpApiError.Problem<UriTooLong>()(
  "UriTooLong",
  { type: BLANK, status: 414, title: "URI Too Long" },
  detail,
) {}
export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  { type: BLANK, status: 415, title: "Unsupported Media Type" },
  detail,
) {}
export class MisdirectedRequest extends HttpApiError.Problem<MisdirectedRequest>()(
  "MisdirectedRequest",
  { type: BLANK, status: 421, title: "Misdirected Request" },
  detail,
) {}
export class HeadersTooLarge extends HttpApiError.Problem<HeadersTooLarge>()(
  "HeadersTooLarge",
  { type: BLANK, status: 431, title: "Request Header Fields Too Large" },
  detail,
) {}
export class InternalServerError extends HttpApiError.Problem<InternalServerError>()(
  "InternalServerError",
  { type: BLANK, status: 500, title: "Internal Server Error" },
  detail,
) {}

/**
 * On every group, before any other middleware: what may be answered whatever the route. The server also refuses, with the path to it,
 * each value that its schema does not take and each query parameter that the route does not have.
 */
export class Contract extends HttpApiMiddleware.Service<Contract>()("@signalflow/domain/Contract", {
  error: [
    BadRequest,
    MethodNotAllowed,
    PayloadTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    MisdirectedRequest,
    HeadersTooLarge,
    InternalServerError,
    Unavailable,
  ],
}) {}
