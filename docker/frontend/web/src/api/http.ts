// One HTTP call and its errors. Knows the form of the backend's errors, not what is called.

/** Where the API is; the server writes it into the page, empty means the page's own origin. */
const base = document.querySelector<HTMLMetaElement>('meta[name="api-base"]')?.content ?? "";

const PATIENCE_MS = 20_000;

/** A failure with a sentence that can be shown to a person. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId?: string,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Whether trying again may help. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

let onSessionEnd = () => {};

/** Registers what happens when the backend no longer knows the session. */
export function whenSessionEnds(handler: () => void) {
  onSessionEnd = handler;
}

/** Sends `body` as JSON and answers the JSON that comes back. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body, { signal: AbortSignal.timeout(PATIENCE_MS) });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Sends a request and answers a successful response, or throws an `ApiError`. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (body !== undefined) headers.set("content-type", "application/json");
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const request = { ...init, ...payload, method, headers, credentials: "include" as const };
  const response = await fetch(base + path, request).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (response.ok) return response;
  const error = await readError(response);
  if (response.status === 401 && !path.startsWith("/api/auth/")) onSessionEnd();
  throw error;
}

function unreachable(cause: unknown): Error {
  if (cause instanceof DOMException && cause.name === "AbortError") return cause;
  return navigator.onLine
    ? new ApiError(
        0,
        "unreachable",
        "The server cannot be reached. Check that it is running, then try again.",
      )
    : new ApiError(0, "offline", "You are offline. This will work again once you are connected.");
}

async function readError(response: Response): Promise<ApiError> {
  const answer: unknown = await response.json().catch(() => null);
  const error = (
    answer as { error?: { code?: string; message?: string; request_id?: string } } | null
  )?.error;
  const code = error?.code ?? `http_${response.status}`;
  const message =
    error?.message ?? `The server answered with status ${response.status}. Try again in a moment.`;
  return new ApiError(response.status, code, message, error?.request_id);
}

/** The sentence to show for anything that was thrown. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
