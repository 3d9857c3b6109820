// A network policy controller for a cluster of one node: it keeps an nftables table that enforces what the API server
// has of networking.k8s.io/v1, as the CNI plugins of real clusters do, since a plain bridge enforces nothing.
package main

import (
	"context"
	"flag"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/knftables"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	table := flag.String("table", "", "nftables table of the ip family that the rules are kept in")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *kubeconfig, *table); err != nil {
		klog.Fatal(err)
	}
}

func run(ctx context.Context, kubeconfig, table string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	nft, err := knftables.New(knftables.IPv4Family, table)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods()
	namespaces := factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()

	changed := make(chan struct{}, 1)
	notify := func(any) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    notify,
		UpdateFunc: func(_, object any) { notify(object) },
		DeleteFunc: notify,
	}
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	enforced := ""
	for {
		state, err := read(pods.Lister(), namespaces.Lister(), policies.Lister())
		if err != nil {
			return err
		}
		rules := compile(nft, state)
		if text := rules.String(); text != enforced {
			if err := nft.Run(ctx, rules); err != nil {
				return err
			}
			enforced = text
			klog.Infof("enforcing %d policies for %d pods", len(state.policies), len(state.pods))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			// What comes together is done together.
			time.Sleep(20 * time.Millisecond)
		}
	}
}
