import type { GenerationConfig } from '../../gemini/wire.ts'
/** What a client says of a picture to come. Anything else leaves the choice to the model. */
export interface PictureWish {
  /** `1024x1536`, or a ratio as `2:3`. */
  size?: string | null | undefined
  quality?: Quality | null | undefined
}

export const QUALITIES = ['auto', 'low', 'standard', 'medium', 'high', 'hd', 'xhigh', 'max'] as const
export type Quality = (typeof QUALITIES)[number]

export type ImageSize = '1K' | '2K' | '4K'

// https://ai.google.dev/gemini-api/docs/image-generation#aspect_ratios and …/docs/imagen#imagen-configuration
const GEMINI_RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'] as const
const IMAGEN_RATIOS = ['1:1', '3:4', '4:3', '9:16', '16:9'] as const

const SIZE_OF_QUALITY: Record<Quality, ImageSize | undefined> = {
  auto: undefined,
  low: '1K',
  standard: '1K',
  medium: '1K',
  high: '2K',
  hd: '2K',
  xhigh: '4K',
  max: '4K',
}

/** Width and height; undefined leaves the choice to the model. */
const measuresOf = (size: string | null | undefined): [width: number, height: number] | undefined => {
  const [width, height] = (size ?? '').split(/[x:]/).map(Number)
  return width && height ? [width, height] : undefined
}

/** The ratio whose logarithm is nearest, so that 2:1 is as far from 1:1 as 1:2 is. */
const nearestRatio = (size: string | null | undefined, ratios: readonly string[]): string | undefined => {
  const measures = measuresOf(size)
  if (!measures) return undefined
  const distance = (ratio: string): number => {
    const [width = 1, height = 1] = ratio.split(':').map(Number)
    return Math.abs(Math.log(measures[0] / measures[1] / (width / height)))
  }
  return ratios.toSorted((a, b) => distance(a) - distance(b))[0]
}

/** Of pixels where they ask for more than the smallest size, else of the quality. */
const imageSizeOf = ({ size, quality }: PictureWish): ImageSize | undefined => {
  const longest = size?.includes('x') ? Math.max(...(measuresOf(size) ?? [0])) : 0
  if (longest > 2560) return '4K'
  if (longest > 1792) return '2K'
  return quality ? SIZE_OF_QUALITY[quality] : undefined
}

/** Models before 3 have one size. */
export const imageConfigOf = (wish: PictureWish, model: string): NonNullable<GenerationConfig['imageConfig']> => {
  const aspectRatio = nearestRatio(wish.size, GEMINI_RATIOS)
  const imageSize = model.startsWith('gemini-2.') ? undefined : imageSizeOf(wish)
  return { ...(aspectRatio && { aspectRatio }), ...(imageSize && { imageSize }) }
}

/** Imagen goes to 2K, its fast form has one size. */
export const imagenConfigOf = (
  wish: PictureWish,
  model: string,
): { aspectRatio?: string; sampleImageSize?: string } => {
  const aspectRatio = nearestRatio(wish.size, IMAGEN_RATIOS)
  const size = imageSizeOf(wish)
  const sampleImageSize = model.includes('-fast') ? undefined : size === '4K' ? '2K' : size
  return { ...(aspectRatio && { aspectRatio }), ...(sampleImageSize && { sampleImageSize }) }
}
