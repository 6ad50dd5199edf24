// One HTTP call and its errors. Knows the form of the backend's errors, not what is called.

/** Where the API is; the server writes it into the page, empty means the page's own origin. */
const base = document.querySelector<HTMLMetaElement>('meta[name="api-base"]')?.content ?? "";

const PATIENCE_MS = 20_000;
/** What outlives the page may have 64 KiB in all, of up to 3 bytes a character. */
const OUTLIVES_LENGTH = 5_000;

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

/** For whom calls are made, and what happens when that turns out wrong. */
interface Caller {
  /** The person every call is meant for; null before a log-in. */
  userId: () => string | null;
  /** The backend no longer knows the session. */
  onEnd: () => void;
  /** The session is somebody else's: another tab logged in. */
  onOther: () => void;
}

let caller: Caller = { userId: () => null, onEnd: () => {}, onOther: () => {} };

export function setCaller(next: Caller) {
  caller = next;
}

export interface CallInit extends RequestInit {
  /** The call is not meant for the person logged in here in particular. */
  forAnyone?: boolean;
}

/** Sends `body` as JSON and answers the JSON that comes back. */
export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  init: CallInit = {},
): Promise<T> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await send(method, path, body, { signal, ...init });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Sends a request and answers a successful response, or throws an `ApiError`. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  { forAnyone = false, ...init }: CallInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  const userId = forAnyone ? null : caller.userId();
  if (userId) headers.set("x-for-user", userId);
  if (body !== undefined) headers.set("content-type", "application/json");
  const text = body === undefined ? undefined : JSON.stringify(body);
  const keepalive = init.keepalive === true && (text ?? "").length < OUTLIVES_LENGTH;
  const payload = { ...(text === undefined ? {} : { body: text }), keepalive };
  const request = { ...init, ...payload, method, headers, credentials: "include" as const };
  const response = await fetch(base + path, request).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (response.ok) return response;
  const error = await readError(response);
  if (error.code === "other_account") caller.onOther();
  if (response.status === 401 && !path.startsWith("/api/auth/")) caller.onEnd();
  throw error;
}

function unreachable(cause: unknown): Error {
  if (cause instanceof DOMException && cause.name === "AbortError") return cause;
  return navigator.onLine
    ? new ApiError(0, "unreachable", "The server cannot be reached.")
    : new ApiError(0, "offline", "You are offline. This will work again once you are connected.");
}

async function readError(response: Response): Promise<ApiError> {
  const answer: unknown = await response.json().catch(() => null);
  const error = (answer as { error?: { code?: string; message?: string; request_id?: string } })
    ?.error;
  const code = error?.code ?? `http_${response.status}`;
  const message =
    error?.message ?? `The server answered with status ${response.status}. Try again in a moment.`;
  return new ApiError(response.status, code, message, error?.request_id);
}

/** The sentence to show for anything that was thrown. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
