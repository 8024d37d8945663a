// Talk to the API from the work page: JSON in, JSON out, one shape for every outcome.
const TIMEOUT_MS = 15_000;

// Both verbs resolve to {ok, status, body}; status 0 means that the network failed.
export function makeApi(base, csrf) {
  const json = "application/json";
  const headers = { "Content-Type": json, Accept: json, "X-CSRFToken": csrf };

  async function call(path, options) {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(base + path, { ...options, headers, signal });
      const body = await response.json().catch(() => null);
      return { ok: response.ok, status: response.status, body };
    } catch {
      return { ok: false, status: 0, body: null };
    }
  }

  return {
    get: (path) => call(path, { method: "GET" }),
    post: (path, payload = {}) => call(path, { method: "POST", body: JSON.stringify(payload) }),
  };
}

// Worth another try by itself: no network, too many requests, a server in trouble.
export function isPassing({ status }) {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

// The person must act first: the session or its token ended. The answer itself is not at fault.
export function needsSignIn({ status }) {
  return status === 400 || status === 401 || status === 403;
}
