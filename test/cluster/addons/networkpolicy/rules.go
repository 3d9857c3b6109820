package main

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/knftables"
)

// A namespace with this label is left alone, as on a cluster that enforces nothing.
var switchedOff = labels.SelectorFromSet(labels.Set{"copilot-runtimes.test/network-policies": "ignored"})

// One direction of traffic, seen from the pod that policies are for.
type direction struct {
	kind  networkingv1.PolicyType
	hooks []string
	own   string
	other string
}

// From the node to its pods everything is open: the kubelet probes them. The way back is that of known connections.
var directions = []direction{
	{networkingv1.PolicyTypeEgress, []string{"forward", "input"}, "saddr", "daddr"},
	{networkingv1.PolicyTypeIngress, []string{"forward"}, "daddr", "saddr"},
}

// compile makes the whole table anew, to be swapped in at once.
func compile(nft knftables.Interface, state state) *knftables.Transaction {
	tx := nft.NewTransaction()
	tx.Add(&knftables.Table{})
	tx.Delete(&knftables.Table{})
	tx.Add(&knftables.Table{})
	for _, hook := range []knftables.BaseChainHook{knftables.ForwardHook, knftables.InputHook} {
		chain := string(hook)
		tx.Add(&knftables.Chain{
			Name:     chain,
			Type:     knftables.PtrTo(knftables.FilterType),
			Hook:     knftables.PtrTo(hook),
			Priority: knftables.PtrTo(knftables.FilterPriority),
		})
		tx.Add(&knftables.Rule{Chain: chain, Rule: "ct state established,related accept"})
	}
	for _, pod := range state.pods {
		if switchedOff.Matches(state.namespaces[pod.Namespace]) {
			continue
		}
		for _, direction := range directions {
			isolate(tx, state, pod, direction)
		}
	}
	return tx
}

// isolate refuses a pod what none of its policies opens, if there is a policy of that direction at all.
func isolate(tx *knftables.Transaction, state state, pod *corev1.Pod, direction direction) {
	chain := fmt.Sprintf("%s-%s", strings.ToLower(string(direction.kind)), pod.Status.PodIP)
	isolated := false
	for _, policy := range state.policies {
		if policy.Namespace != pod.Namespace || !selects(&policy.Spec.PodSelector, pod.Labels) || !covers(policy, direction.kind) {
			continue
		}
		if !isolated {
			isolated = true
			tx.Add(&knftables.Chain{Name: chain})
		}
		for _, match := range opened(state, policy, pod, direction) {
			tx.Add(&knftables.Rule{Chain: chain, Rule: match + " return"})
		}
	}
	if !isolated {
		return
	}
	tx.Add(&knftables.Rule{Chain: chain, Rule: "meta l4proto tcp reject with tcp reset"})
	tx.Add(&knftables.Rule{Chain: chain, Rule: "reject"})
	for _, hook := range direction.hooks {
		rule := fmt.Sprintf("ip %s %s jump %s", direction.own, pod.Status.PodIP, chain)
		tx.Add(&knftables.Rule{Chain: hook, Rule: rule})
	}
}

func covers(policy *networkingv1.NetworkPolicy, kind networkingv1.PolicyType) bool {
	for _, each := range policy.Spec.PolicyTypes {
		if each == kind {
			return true
		}
	}
	return false
}

// opened lists matches for what the rules of a policy open in one direction.
func opened(state state, policy *networkingv1.NetworkPolicy, pod *corev1.Pod, direction direction) []string {
	var matches []string
	open := func(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
		for _, who := range addresses(state, policy.Namespace, peers, direction.other) {
			for _, port := range portMatches(ports) {
				matches = append(matches, strings.TrimSpace(who+" "+port))
			}
		}
	}
	if direction.kind == networkingv1.PolicyTypeIngress {
		for _, rule := range policy.Spec.Ingress {
			open(rule.From, rule.Ports)
		}
		return matches
	}
	for _, rule := range policy.Spec.Egress {
		open(rule.To, rule.Ports)
	}
	return matches
}

// addresses matches the peers of a rule; no peers at all are everybody.
func addresses(state state, namespace string, peers []networkingv1.NetworkPolicyPeer, field string) []string {
	if len(peers) == 0 {
		return []string{""}
	}
	var matches []string
	for _, peer := range peers {
		if peer.IPBlock != nil {
			matches = append(matches, block(peer.IPBlock, field)...)
			continue
		}
		var found []string
		for _, pod := range state.pods {
			inNamespace := pod.Namespace == namespace
			if peer.NamespaceSelector != nil {
				inNamespace = selects(peer.NamespaceSelector, state.namespaces[pod.Namespace])
			}
			if inNamespace && (peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels)) {
				found = append(found, pod.Status.PodIP)
			}
		}
		if len(found) > 0 {
			matches = append(matches, fmt.Sprintf("ip %s { %s }", field, strings.Join(found, ", ")))
		}
	}
	return matches
}

// block matches a range of IPv4; the pods of this cluster have no other addresses.
func block(block *networkingv1.IPBlock, field string) []string {
	if strings.Contains(block.CIDR, ":") {
		return nil
	}
	match := fmt.Sprintf("ip %s %s", field, block.CIDR)
	if len(block.Except) > 0 {
		match += fmt.Sprintf(" ip %s != { %s }", field, strings.Join(block.Except, ", "))
	}
	return []string{match}
}

// portMatches matches the ports of a rule; none at all are all of them. A name opens nothing here.
func portMatches(ports []networkingv1.NetworkPolicyPort) []string {
	if len(ports) == 0 {
		return []string{""}
	}
	var matches []string
	for _, port := range ports {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		name := strings.ToLower(string(protocol))
		switch {
		case port.Port == nil:
			matches = append(matches, "meta l4proto "+name)
		case port.Port.Type == intstr.String:
		case port.EndPort != nil:
			matches = append(matches, fmt.Sprintf("%s dport %d-%d", name, port.Port.IntVal, *port.EndPort))
		default:
			matches = append(matches, fmt.Sprintf("%s dport %d", name, port.Port.IntVal))
		}
	}
	return matches
}

// selects tells whether a selector of the API matches; one that the API server has taken is valid.
func selects(selector *metav1.LabelSelector, set labels.Set) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(set)
}
