//go:build tools

package addons

import _ "github.com/rancher/local-path-provisioner"
