package main

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
)

// What of the API server the rules depend on.
type state struct {
	// Those with an address of their own, in its order.
	pods []*corev1.Pod
	// Labels by name.
	namespaces map[string]labels.Set
	// In the order of their uids.
	policies []*networkingv1.NetworkPolicy
}

func read(
	pods corelisters.PodLister,
	namespaces corelisters.NamespaceLister,
	policies networkinglisters.NetworkPolicyLister,
) (state, error) {
	found := state{namespaces: map[string]labels.Set{}}
	all, err := pods.List(labels.Everything())
	if err != nil {
		return found, err
	}
	for _, pod := range all {
		// The address of a pod that has ended may be another one's already.
		ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended {
			found.pods = append(found.pods, pod)
		}
	}
	slices.SortFunc(found.pods, func(a, b *corev1.Pod) int {
		return cmp.Or(cmp.Compare(a.Status.PodIP, b.Status.PodIP), cmp.Compare(a.UID, b.UID))
	})
	list, err := namespaces.List(labels.Everything())
	if err != nil {
		return found, err
	}
	for _, namespace := range list {
		found.namespaces[namespace.Name] = namespace.Labels
	}
	found.policies, err = policies.List(labels.Everything())
	slices.SortFunc(found.policies, func(a, b *networkingv1.NetworkPolicy) int { return cmp.Compare(a.UID, b.UID) })
	return found, err
}
