import { z } from 'zod';

const prefix = z.string().default('').describe('Put before the name of each state object.');

/** Where Terraform keeps its state. Settings beyond these by override in a CDKTF app of your own. */
export const backend = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('local').describe('Files on this machine.'),
      directory: z.string().min(1).default('terraform-state').describe('Directory of the state files.'),
    }),
    z.strictObject({
      type: z.literal('azurerm').describe('Azure Storage.'),
      resourceGroup: z.string().min(1).describe('Resource group of the storage account.'),
      storageAccount: z.string().min(1).describe('Storage account that holds the container.'),
      container: z.string().min(1).describe('Blob container with one blob per stack.'),
    }),
    z.strictObject({
      type: z.literal('s3').describe('Amazon S3.'),
      bucket: z.string().min(1).describe('Bucket with one object per stack.'),
      region: z.string().min(1).describe('Region of the bucket.'),
      prefix,
    }),
    z.strictObject({
      type: z.literal('gcs').describe('Google Cloud Storage.'),
      bucket: z.string().min(1).describe('Bucket with one object per stack.'),
      prefix,
    }),
  ])
  .meta({ id: 'Backend', description: 'Where Terraform keeps its state. `type` says which settings apply.' });
