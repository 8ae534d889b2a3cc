import { describe, expect, test } from '@jest/globals'
import { type RuntimeSettings, readRuntimeSettings } from '../../../lib/contract/settings.ts'
import { resolveModel } from '../../../lib/gemini/naming/aliases.ts'
import { switched } from '../../../lib/gemini/naming/switches.ts'
import type { Json } from '../../../lib/gemini/wire.ts'
import { vendorFile } from '../contract.ts'

const KNOWN = ['gemini-3.6-flash', 'gemini-9-code', 'gemini-3.1-flash-lite']
const resolve = (asked: string, settings: Partial<RuntimeSettings> = {}) =>
  resolveModel(asked, {
    settings: { ...readRuntimeSettings(), ...settings },
    catalogue: { knows: (id) => KNOWN.includes(id) },
  })
const read = (asked: string, settings: Partial<RuntimeSettings> = {}) => {
  const { model, switches } = resolve(asked, settings)
  const { thinking, builtIns, streaming } = switches
  return [model.id, thinking?.effort ?? thinking?.budget, builtIns.join('+'), streaming]
}

describe('what stands at the end of a name', () => {
  test.each([
    ['gemini-3.6-flash', ['gemini-3.6-flash', undefined, '', 'real']],
    ['models/gemini-3.6-flash-high', ['gemini-3.6-flash', 'high', '', 'real']],
    ['gemini-3.6-flash(8192)', ['gemini-3.6-flash', 8192, '', 'real']],
    ['gemini-3.6-flash(0)', ['gemini-3.6-flash', 0, '', 'real']],
    ['gemini-3.6-flash(none)', ['gemini-3.6-flash', 'none', '', 'real']],
    ['gemini-3.6-flash(Auto)', ['gemini-3.6-flash', -1, '', 'real']],
    ['gemini-3.6-flash-MINIMAL-fake-search-code', ['gemini-3.6-flash', 'minimal', 'search+code', 'fake']],
    ['gemini-3.6-flash-code-search(low)-real', ['gemini-3.6-flash', 'low', 'code+search', 'real']],
    ['gemini-3.6-flash-url', ['gemini-3.6-flash', undefined, 'url', 'real']],
    // no list has this one yet
    ['gemini-10-ultra-high', ['gemini-10-ultra', 'high', '', 'real']],
    // another vendor's name, by a default alias
    ['o3-mini-high', ['gemini-3.6-flash', 'high', '', 'real']],
    ['gpt-5-codex-low-search', ['gemini-3.6-flash', 'low', 'search', 'real']],
    // OpenAI's models that search by themselves
    ['gpt-4o-search-preview-2025-03-11', ['gemini-3.6-flash', undefined, 'search', 'real']],
    ['claude-fable-5-2', ['gemini-3.1-pro-preview', undefined, '', 'real']],
    // as Claude Code lists it
    ['claude-gemini-3.6-flash-high', ['gemini-3.6-flash', 'high', '', 'real']],
  ])('%s', (asked, expected) => {
    expect(read(asked)).toEqual(expected)
  })

  test('is left alone where the name is exactly a model’s', () => {
    expect(read('gemini-9-code')).toEqual(['gemini-9-code', undefined, '', 'real'])
    expect(read('gemini-9-code-code')).toEqual(['gemini-9-code', undefined, 'code', 'real'])
    expect(read('gemini-3.1-flash-lite')).toEqual(['gemini-3.1-flash-lite', undefined, '', 'real'])
    expect(read('tunedModels/my-search')).toEqual(['tunedModels/my-search', undefined, '', 'real'])
  })

  test('is read into no name that Google has, even before its list is known', () => {
    const list = vendorFile('recorded/models-list.json')
    const { models } = JSON.parse(list ?? '{"models":[]}') as { models: { name: string }[] }
    for (const { name } of models) {
      const naming = { settings: readRuntimeSettings(), catalogue: { knows: () => false } }
      expect(`models/${resolveModel(name, naming).model.id}`).toBe(name)
    }
  })

  test('counts once a kind; what is before it belongs to the name', () => {
    expect(read('gemini-10-low-high')).toEqual(['gemini-10-low', 'high', '', 'real'])
    expect(read('gemini-10-search-search')).toEqual(['gemini-10-search', undefined, 'search', 'real'])
  })

  test.each([
    'gemini-3.6-flash(loud)',
    'gemini-3.6-flash()',
    '(high)',
    '-high',
    'constructor(__proto__)',
    '('.repeat(5000),
  ])('%s is no model’s name', (asked) => {
    expect(() => resolve(asked)).toThrow(/does not exist/)
  })
})

describe('the operator’s names', () => {
  const modelAliases = {
    fast: 'gemini-3.6-flash(minimal)',
    'team-low': 'gemini-3.6-flash',
    'group-*': 'gemini-3.6-flash-search',
    'gemini-11-code': 'gemini-11-code',
  }
  test.each([
    ['fast', ['gemini-3.6-flash', 'minimal', '', 'real']],
    ['fast-high', ['gemini-3.6-flash', 'high', '', 'real']],
    ['team-low', ['gemini-3.6-flash', undefined, '', 'real']],
    ['team-low-high', ['gemini-3.6-flash', 'high', '', 'real']],
    ['group-low', ['gemini-3.6-flash', undefined, 'search', 'real']],
    ['group-a-low', ['gemini-3.6-flash', 'low', 'search', 'real']],
    ['gemini-11-code', ['gemini-11-code', undefined, '', 'real']],
  ])('%s', (asked, expected) => {
    expect(read(asked, { modelAliases })).toEqual(expected)
  })

  test('what they stand for must be allowed, not they', () => {
    const settings = { modelAliases, allowedModels: ['gemini-3.6-*'] }
    expect(read('fast-high', settings)[0]).toBe('gemini-3.6-flash')
    expect(() => resolve('gemini-11-code', settings)).toThrow(/not allowed/)
  })
})

describe('switches in a body of Google’s own form', () => {
  const apply = (name: string, body: Json, settings: Partial<RuntimeSettings> = {}): Json => {
    const { model, switches } = resolve(name, settings)
    return switched(body, model, switches)
  }

  test('a level in the name replaces level and budget, in whichever spelling; the rest stays', () => {
    const body = { generation_config: { top_p: 0.5, thinking_config: { thinking_budget: 5, include_thoughts: true } } }
    expect(apply('gemini-3.6-flash-low', body)).toEqual({
      generation_config: { top_p: 0.5, thinking_config: { thinkingLevel: 'LOW', include_thoughts: true } },
    })
    expect(apply('gemini-2.5-flash-low', { contents: [] })).toEqual({
      contents: [],
      generationConfig: { thinkingConfig: { thinkingBudget: 1024 } },
    })
  })

  test('a model without thinking has nothing to set', () => {
    const body = { contents: [] }
    expect(apply('gemini-2.0-flash-high', body, { force: ['thinking'] })).toBe(body)
  })

  test('thoughts are forced unless the body says otherwise', () => {
    const force = ['thinking'] as const
    const shows = (thinkingConfig: Json) =>
      apply('gemini-3.6-flash', { generationConfig: { thinkingConfig } }, { force: [...force] })
    expect(shows({})).toEqual({ generationConfig: { thinkingConfig: { includeThoughts: true } } })
    expect(shows({ includeThoughts: false })).toEqual({
      generationConfig: { thinkingConfig: { includeThoughts: false } },
    })
    expect(shows({ thinkingBudget: 0 })).toEqual({ generationConfig: { thinkingConfig: { thinkingBudget: 0 } } })
  })

  test('what a body has already is not there twice', () => {
    const body = { tools: [{ google_search: {} }, { codeExecution: {} }] }
    expect(apply('gemini-3.6-flash-search-code', body)).toBe(body)
    expect(apply('gemini-3.6-flash-search-url', body)).toEqual({ tools: [...body.tools, { urlContext: {} }] })
  })

  test('built-ins stand beside functions from Gemini 3 on, as Google wants it, and give way before', () => {
    const functions = { functionDeclarations: [{ name: 'f' }] }
    const body = { tools: [functions], tool_config: { functionCallingConfig: { mode: 'AUTO' } } }
    expect(apply('gemini-3.6-flash-search', body)).toEqual({
      tools: [functions, { googleSearch: {} }],
      tool_config: { functionCallingConfig: { mode: 'VALIDATED' }, includeServerSideToolInvocations: true },
    })
    expect(apply('gemini-2.5-flash-search', body)).toBe(body)
    const none = { ...body, tool_config: { functionCallingConfig: { mode: 'NONE' } } }
    expect(apply('gemini-3.6-flash-search', none)).toBe(none)
  })

  test('and they give way to a cache, to JSON mode before Gemini 3, and to a model that can’t', () => {
    const cached = { cachedContent: 'cachedContents/1' }
    expect(apply('gemini-3.6-flash-search', cached)).toBe(cached)
    const json = { generationConfig: { responseMimeType: 'application/json' } }
    expect(apply('gemini-2.5-flash-search', json)).toBe(json)
    expect(apply('gemini-3.6-flash-search', json)).toEqual({ ...json, tools: [{ googleSearch: {} }] })
    const empty = {}
    expect(apply('gemini-2.5-flash-image-search', empty)).toBe(empty)
    expect(apply('gemini-3-pro-image', empty, { force: ['search', 'code'] })).toEqual({ tools: [{ googleSearch: {} }] })
  })

  test('the safety default is for bodies that set no threshold', () => {
    const own = { safety_settings: [] }
    expect(apply('gemini-3.6-flash', own, { safety: 'OFF' })).toBe(own)
    expect(apply('gemini-3.6-flash', {}, { safety: 'OFF' }).safetySettings).toHaveLength(4)
  })
})
