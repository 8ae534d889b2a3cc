import { describe, expect, test } from '@jest/globals'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { RETENTIONS, readSettings } from '../../infra/settings.ts'

test('a value given on the command line counts as the same value in cdk.json', () => {
  expect(
    readSettings({ memory: '256', timeout: '60', logRetention: '7', allowedOrigins: 'https://a.example' }),
  ).toEqual(readSettings({ memory: 256, timeout: 60, logRetention: 7, allowedOrigins: ['https://a.example'] }))
})

test('origins are what browsers send, pages of extensions and of this machine too', () => {
  const allowedOrigins = ['https://a.example', 'http://localhost:3000', 'chrome-extension://abc', 'http://[::1]:5173']
  expect(readSettings({ allowedOrigins: allowedOrigins.join(', ') })).toMatchObject({ allowedOrigins })
  expect(readSettings({ allowedOrigins: '' })).toMatchObject({ allowedOrigins: [] })
})

test("CDK's own context is no setting", () => {
  const foreign = {
    '@aws-cdk/core:stackRelativeExports': true,
    'aws:cdk:bundling-stacks': ['**'],
    'availability-zones:account=1': [],
  }
  expect(readSettings(foreign)).toEqual(readSettings({}))
})

test('logs can be kept for as long as CloudWatch offers, but not for ever', () => {
  const offered = Object.values(RetentionDays).filter((days) => typeof days === 'number')
  expect(RETENTIONS).toEqual(offered.filter((days) => days !== RetentionDays.INFINITE).sort((a, b) => a - b))
})

describe('a wrong setting is named, with what it may be', () => {
  test.each([
    [{ memory: 64 }, 'Setting memory must be a whole number from 128 to 10240; it is 64.'],
    [{ memory: '1e3' }, 'Setting memory must be a whole number from 128 to 10240; it is "1e3".'],
    [{ timeout: 901 }, 'Setting timeout must be a whole number from 30 to 900; it is 901.'],
    [{ timeout: true }, 'Setting timeout must be a whole number from 30 to 900; it is true.'],
    [{ reservedConcurrency: '' }, 'Setting reservedConcurrency must be a whole number from 1 to 1000; it is "".'],
    [{ logRetention: 8 }, /^Setting logRetention must be one of 1, 3, 5, .*; it is 8\.$/],
    [{ logLevel: 'info' }, /^Setting logLevel must be one of DEBUG, INFO/],
    [
      { force: 'search,seek' },
      /^Setting force\S* must be a list of thinking, search, code, url, .*; it is "search,seek"\.$/,
    ],
    [{ safety: 'off' }, /^Setting safety must be one of OFF, BLOCK_NONE/],
    [{ streaming: 'pseudo' }, 'Setting streaming must be real or fake; it is "pseudo".'],
    [{ defaultModel: 'gemini flash' }, /^Setting defaultModel must be the name of a model/],
    [{ allowedModels: true }, /^Setting allowedModels must be a list, or text with commas/],
    [{ allowedModels: '' }, /^Setting allowedModels must be a list of names of models, .*; it is ""\.$/],
    [{ allowedModels: 'gemini-*-flash' }, /^Setting allowedModels\S* must be a list of names of models/],
    [{ allowedOrigins: 'https://a.example/' }, /^Setting allowedOrigins\S* must be a list of origins such as/],
    [{ allowedOrigins: ['https://a.example', 'b.example'] }, /^Setting allowedOrigins\S* must be a list of origins/],
    [{ allowedOrigins: "https://a'.example" }, /^Setting allowedOrigins\S* must be a list of origins/],
    [{ streamTimeout: 10 }, 'Setting streamTimeout must be a whole number from 30 to 900; it is 10.'],
    [{ secret: 'keep' }, 'Setting secret must be retain or destroy; it is "keep".'],
    [{ table: 'keep' }, 'Setting table must be retain or destroy; it is "keep".'],
    [{ geminiBaseUrl: 'http://example.com' }, /^Setting geminiBaseUrl must be an https origin/],
    [{ geminiBaseUrl: 'https://example.com/v1beta' }, /^Setting geminiBaseUrl must be an https origin/],
    [{ modelAliases: '{"gpt-5":' }, /^Setting modelAliases must be an object of names/],
    [{ modelAliases: { 'gpt-5': 'no model' } }, /^Setting modelAliases\.gpt-5 must be the name of a model/],
    [{ modelAliases: { 'gpt-*-mini': 'gemini-x' } }, /^Setting modelAliases\S* must be an object of names/],
    [{ allowedModels: Array(200).fill('gemini-3.6-flash') }, /^Settings .*allowedModels.* are too long: \d+ bytes/],
    [{ modelAliases: { 'gpt-5': 5 } }, /^Setting modelAliases\.gpt-5 must be an object of names/],
    [{ frontDoor: 'yes' }, 'Setting frontDoor must be one of urls, api, both; it is "yes".'],
    [{ frontDoor: 'api', firewall: 'on' }, 'Setting firewall must be true or false; it is "on".'],
    [{ firewall: true }, "Setting firewall is the REST API's: it needs frontDoor=api or frontDoor=both."],
    [{ frontDoor: 'api', domainName: 'https://a.example' }, /^Setting domainName must be a domain name/],
    [{ frontDoor: 'api', domainName: 'a.example' }, 'Settings domainName and certificateArn need each other.'],
    [{ frontDoor: 'api', certificateArn: 'arn:aws:iam::1:x' }, /^Setting certificateArn must be the ARN of a cert/],
    [{ memroy: 256 }, /^Unknown setting memroy\. There are: memory, timeout, /],
  ])('%j', (context, message) => {
    expect(() => readSettings(context)).toThrow(message)
  })

  test('all of them at once', () => {
    expect(() => readSettings({ memory: 1, timeout: 1 })).toThrow(/^Setting memory .*\nSetting timeout .*$/)
  })
})
