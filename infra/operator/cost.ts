// `npm run cost`: README's tables of what AWS asks for.
import { AWS_PRICES } from '../aws-prices.ts'
import { geminiCost, MEASURED, optionTable, requestTable } from './cost-tables.ts'

console.log(`A thousand streamed requests, in us-east-1 at the prices of ${AWS_PRICES.since}, as measured on ${MEASURED.day}

${requestTable()}

What else there is

${optionTable()}

Gemini itself, for 2,000 tokens in and 500 out: ${geminiCost('gemini-3.7-flash')} with gemini-3.7-flash, ${geminiCost('gemini-2.5-pro')} with gemini-2.5-pro`)
