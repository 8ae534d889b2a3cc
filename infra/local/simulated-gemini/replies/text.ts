// What the simulator says: a few friendly sentences in the language of the prompt, always the same for the same prompt.
import { hashOf } from '../json.ts'

type Language = 'chinese' | 'japanese' | 'korean' | 'russian' | 'english'

interface Phrases {
  greeting: readonly string[]
  poem: readonly string[]
  /** `…` stands for what was asked. */
  answer: readonly string[]
  thought: string
  image: string
  /** `…` stands for the result of a function. */
  result: string
}

const PHRASES: Record<Language, Phrases> = {
  chinese: {
    greeting: [
      '你好!我很好,谢谢关心。今天想聊点什么呢?',
      '你好呀!最近一切都不错,随时可以帮你解答问题、写点东西,或者只是聊聊天。',
    ],
    poem: [
      '秋风轻叩旧窗棂,\n一树金黄落满庭。\n远雁横空书两行,\n半湖明月照人行。\n\n稻香漫过田间路,\n霜叶红于晚照屏。\n若问此时何处好,\n一杯清茗坐听铃。',
      '枫叶染红了山谷,\n溪水带走了蝉鸣。\n风把云朵吹得很远,\n夜把星光放得很轻。\n\n我在落叶上写下名字,\n等一个晴朗的黎明。',
    ],
    answer: [
      '关于“…”,可以这样理解:先看清问题的核心,再一步一步展开。首先,把它分成几个小部分;其次,逐一说明各部分之间的联系;最后,用一个简单的例子来检验结论。希望这对你有帮助!',
      '这是一个好问题。“…”涉及几个要点:第一,概念本身要清楚;第二,实践时要注意细节;第三,多做比较才能得出可靠的判断。如果需要,我可以继续深入说明。',
    ],
    thought: '**分析问题**\n\n用户想了解“…”。我先理清要点,再用简洁的语言作答。\n\n',
    image: '好的,这是为你生成的图片:…',
    result: '根据查询结果:…。如果还需要别的信息,请告诉我。',
  },
  japanese: {
    greeting: ['こんにちは!元気です。今日は何をお手伝いしましょうか?'],
    poem: ['秋の風\n紅葉をゆらす\n夕まぐれ\n遠くの鐘が\n静かに響く'],
    answer: ['「…」についてですね。まず要点を整理し、次に一つずつ説明します。最後に簡単な例を挙げておきます。'],
    thought: '**質問の整理**\n\n「…」について考え、簡潔に答えます。\n\n',
    image: 'こちらが画像です:…',
    result: '結果は次のとおりです:…。',
  },
  korean: {
    greeting: ['안녕하세요! 잘 지내고 있어요. 무엇을 도와드릴까요?'],
    poem: ['가을 바람이 불어오면\n낙엽은 길을 덮고\n달빛은 조용히 내려와\n마음을 비춘다'],
    answer: ['“…”에 대해 말씀드릴게요. 먼저 핵심을 정리하고, 다음으로 하나씩 설명한 뒤, 간단한 예를 들어 보겠습니다.'],
    thought: '**질문 분석**\n\n“…”에 대해 생각하고 간결하게 답한다.\n\n',
    image: '요청하신 그림입니다: …',
    result: '결과는 다음과 같습니다: ….',
  },
  russian: {
    greeting: ['Здравствуйте! Всё хорошо, спасибо. Чем могу помочь?'],
    poem: ['Осенний ветер в тишине\nЛиству уносит за порог,\nИ свет луны скользит ко мне\nПо линиям ночных дорог.'],
    answer: ['Вопрос «…» можно разобрать по шагам: сначала главное, затем подробности, а в конце небольшой пример.'],
    thought: '**Разбор вопроса**\n\nНужно ответить на «…» кратко и ясно.\n\n',
    image: 'Вот изображение: …',
    result: 'Вот что получилось: ….',
  },
  english: {
    greeting: [
      'Hello! I am doing well, thank you for asking. What would you like to talk about today?',
      'Hi there! All is well here, and I am happy to help with questions, writing, or code.',
    ],
    poem: [
      'The maple lets its embers fall,\nA lantern glow on garden wall;\nThe geese draw letters on the sky,\nAnd summer waves a soft goodbye.\n\nThe river keeps the evening light,\nThe moon sits down to read the night.',
    ],
    answer: [
      'Here is a short answer to “…”. First, look at the heart of the matter and name its parts. Then see how those parts depend on each other. Finally, test the conclusion with one small example, and adjust it where it does not hold.',
      'Good question. “…” comes down to three points: know the terms, mind the details in practice, and compare before you decide. I can go deeper into any of them if you like.',
    ],
    thought:
      '**Considering the question**\n\nThe user asks about “…”. I will work out the main points and answer briefly.\n\n',
    image: 'Here is the picture you asked for: …',
    result: 'Here is what I found: …. Let me know if you need anything else.',
  },
}

const languageOf = (text: string): Language => {
  if (/[\u3040-\u30ff]/.test(text)) return 'japanese'
  if (/[\uac00-\ud7af]/.test(text)) return 'korean'
  if (/[\u4e00-\u9fff]/.test(text)) return 'chinese'
  return /[\u0400-\u04ff]/.test(text) ? 'russian' : 'english'
}

const GREETING = /你好|您好|最近怎么样|こんにちは|안녕|здравствуй|привет|\b(?:hello|hi|hey|how are you)\b/i
const POEM = /诗|詩|俳句|시를|стих|\b(?:poem|poetry|haiku|verse)\b/i
const MOST_QUOTED = 60

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  const characters = Array.from(line)
  return characters.length > MOST_QUOTED ? `${characters.slice(0, MOST_QUOTED).join('')}…` : line
}

const pick = (of: readonly string[], prompt: string): string => of[hashOf(prompt) % of.length] ?? ''
const fill = (phrase: string, words: string): string => phrase.replace('…', () => words)

export const proseFor = (prompt: string): string => {
  const phrases = PHRASES[languageOf(prompt)]
  if (POEM.test(prompt)) return pick(phrases.poem, prompt)
  if (GREETING.test(prompt) && Array.from(prompt).length < MOST_QUOTED) return pick(phrases.greeting, prompt)
  return fill(pick(phrases.answer, prompt), short(prompt))
}

export const thoughtFor = (prompt: string): string => fill(PHRASES[languageOf(prompt)].thought, short(prompt))
export const captionFor = (prompt: string): string => fill(PHRASES[languageOf(prompt)].image, short(prompt))
/** The answer that follows a function's result. `result` is quoted whole. */
export const reportOf = (prompt: string, result: string): string => fill(PHRASES[languageOf(prompt)].result, result)
