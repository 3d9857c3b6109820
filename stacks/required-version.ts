/** Write-only arguments came with Terraform (and OpenTofu) 1.11. */
export const REQUIRED_VERSION = '>= 1.11';
