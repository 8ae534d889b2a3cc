import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../infra/bundle.ts'
import { startAws } from '../../infra/local/aws.ts'
import { PROTOCOLS, type Streamed } from './product.ts'
import { pipeEvent, type Sandbox, type SandboxOptions, SECRET, startSandbox, streamEvent } from './sandbox.ts'
import { startUpstream, type Upstream } from './upstream.ts'

/** A function that streams what the upstream answers. */
export interface Target {
  name: Streamed | 'pipe'
  folder: string
  event(question?: string): Buffer
}

/** Everything that functions need to run, and the functions themselves. */
export interface Laboratory {
  upstream: Upstream
  /** The byte pipe first, then every protocol. */
  targets: readonly Target[]
  /** All bundles that are deployed, and `empty`. */
  folders: ReadonlyMap<string, string>
  start(folder: string, options?: Pick<SandboxOptions, 'memory' | 'variables'>): Promise<Sandbox>
  close(): Promise<void>
}

const FUNCTION: Record<Streamed, string> = { chat: 'openai', responses: 'openai', messages: 'anthropic' }

export const openLaboratory = async (): Promise<Laboratory> => {
  const output = mkdtempSync(join(tmpdir(), 'triglot-bench-'))
  const [deployed, own, upstream, aws] = await Promise.all([
    bundle(),
    bundle({ functions: join(import.meta.dirname, 'functions'), output }),
    startUpstream(),
    startAws(SECRET),
  ])
  const variables = { ...aws.variables, GEMINI_BASE_URL: upstream.origin, SETTINGS: '{}' }
  return {
    upstream,
    targets: [
      { name: 'pipe', folder: own.folder('pipe'), event: pipeEvent },
      ...PROTOCOLS.map((protocol) => ({
        name: protocol,
        folder: deployed.folder(FUNCTION[protocol]),
        event: (question?: string) => streamEvent(protocol, question),
      })),
    ],
    folders: new Map([
      ['empty', own.folder('empty')],
      ...deployed.names.map((name) => [name, deployed.folder(name)] as const),
    ]),
    start: (folder, options = { variables: {} }) =>
      startSandbox({ folder, ...options, variables: { ...variables, ...options.variables } }),
    close: async () => {
      upstream.close()
      await aws.close()
      rmSync(output, { recursive: true, force: true })
    },
  }
}
