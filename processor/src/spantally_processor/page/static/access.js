// How this page asks for its JSON. From elsewhere than the processor's machine a reader's token is
// needed: pasted once for the tab, or handed over after the # of the address, which no server sees.

const KEY = 'spantally-token'

export function takeTokenFromAddress() {
  const handed = new URLSearchParams(location.hash.slice(1))
  const token = handed.get('token')
  if (token === null) return
  sessionStorage.setItem(KEY, token)
  handed.delete('token')
  history.replaceState(null, '', `${location.pathname}#${handed}`)
}

export class Problem extends Error {
  constructor(message, candidates = []) {
    super(message)
    this.candidates = candidates
  }
}

export async function ask(path) {
  for (;;) {
    const response = await get(path)
    const answer = await response.json().catch(() => ({}))
    if (response.ok) return answer
    if (response.status !== 401) throw new Problem(answer.error ?? `HTTP ${response.status}`, answer.candidates)
    sessionStorage.setItem(KEY, await tokenFromReader(answer.error))
  }
}

async function get(path) {
  const token = sessionStorage.getItem(KEY)
  try {
    return await fetch(path, token ? { headers: { authorization: `Bearer ${token}` } } : {})
  } catch {
    throw new Problem('The processor does not answer. Is it still running?')
  }
}

let asking = null

function tokenFromReader(why) {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById('access')
    const field = document.getElementById('access-token')
    document.getElementById('access-why').textContent = why
    field.value = ''
    dialog.addEventListener('cancel', (event) => event.preventDefault())
    dialog.addEventListener('close', () => resolve(field.value.trim()), { once: true })
    dialog.showModal()
  }).finally(() => {
    asking = null
  })
  return asking
}
