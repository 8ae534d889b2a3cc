import { describe } from '@jest/globals'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { judge, said } from './judge.ts'

const { refuses } = judge()

const config = (generationConfig: Json): Json => ({ contents: [said], generationConfig })
const thinking = (thinkingConfig: Json): Json => config({ thinkingConfig })
describe('settings are refused', () => {
  refuses([
    [
      'level and budget',
      thinking({ thinkingLevel: 'LOW', thinkingBudget: 100 }),
      'You can only set only one of thinking budget and thinking level.',
    ],
    [
      'a level on 2.5',
      thinking({ thinkingLevel: 'LOW' }),
      'Thinking level is not supported for this model.',
      'gemini-2.5-flash',
    ],
    [
      'a level the model does not have',
      thinking({ thinkingLevel: 'MINIMAL' }),
      'Thinking level MINIMAL is not supported',
      'gemini-3.7-flash',
    ],
    ['a medium level on 3 Pro', thinking({ thinkingLevel: 'MEDIUM' }), 'Thinking level MEDIUM', 'gemini-3-pro-preview'],
    [
      'a budget that is too large',
      thinking({ thinkingBudget: 30_000 }),
      'Please choose a value between 1 and 24576.',
      'gemini-2.5-flash',
    ],
    ['a budget that is too small', thinking({ thinkingBudget: 100 }), 'between 512 and 24576', 'gemini-2.5-flash-lite'],
    [
      'no thinking on 2.5 Pro',
      thinking({ thinkingBudget: 0 }),
      'Budget 0 is invalid. This model only works in thinking mode.',
      'gemini-2.5-pro',
    ],
    ['thinking on 2.0', thinking({ thinkingBudget: 100 }), 'Thinking is not enabled', 'gemini-2.0-flash'],
    ['penalties', config({ presencePenalty: 0.5 }), 'Penalty is not enabled for models/gemini-3.6-flash'],
    [
      'two candidates on 3',
      config({ candidateCount: 2 }),
      'Multiple candidates is not enabled for models/gemini-3.6-flash',
    ],
    ['nine candidates', config({ candidateCount: 9 }), 'candidate_count must be in the range', 'gemini-2.5-flash'],
    [
      'six stop sequences',
      config({ stopSequences: ['1', '2', '3', '4', '5', '6'] }),
      'the number of stop sequences must not exceed 5.',
    ],
    [
      'a system instruction, by a voice',
      { ...config({ responseModalities: ['AUDIO'] }), systemInstruction: said },
      'Developer instruction is not enabled',
      'gemini-2.5-flash-preview-tts',
    ],
    [
      'a temperature over 2',
      config({ temperature: 2.1 }),
      'generation_config.temperature: temperature must be in the range [0.0, 2.0].',
    ],
    ['no output', config({ maxOutputTokens: 0 }), 'max_output_tokens must be positive.'],
    ['more output than there is', config({ maxOutputTokens: 65_537 }), 'max_output_tokens must be at most 65536'],
    [
      'a format that is none',
      config({ responseMimeType: 'audio/ogg' }),
      'allowed mimetypes are `text/plain`, `application/json`,',
    ],
    [
      'both schemas',
      config({ responseMimeType: 'application/json', responseSchema: { type: 'OBJECT' }, responseJsonSchema: {} }),
      'only one of response_schema and response_json_schema',
    ],
    [
      'a schema without JSON mode',
      config({ responseSchema: { type: 'OBJECT' } }),
      'a response schema needs a compatible response_mime_type',
    ],
    [
      'images from a text model',
      config({ responseModalities: ['TEXT', 'IMAGE'] }),
      'The requested combination of response modalities (TEXT, IMAGE) is not supported by the model. models/gemini-3.6-flash accepts',
    ],
    [
      'text from a voice',
      config({}),
      'accepts the following combination of response modalities:\n* AUDIO\n',
      'gemini-2.5-flash-preview-tts',
    ],
    ['a shape from a text model', config({ imageConfig: { aspectRatio: '1:1' } }), 'Image config is not supported'],
    [
      'a shape that is none',
      config({ imageConfig: { aspectRatio: '7:5' } }),
      'aspect_ratio must be one of',
      'gemini-2.5-flash-image',
    ],
    [
      'alternatives without probabilities',
      config({ logprobs: 2 }),
      'logprobs can only be set when response_logprobs is true.',
      'gemini-2.5-flash',
    ],
  ])
})
