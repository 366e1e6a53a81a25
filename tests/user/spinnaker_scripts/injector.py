"""Spikes that a callback sends while the network runs, and spikes that another receives."""

import time

import pyNN.spiNNaker as Frontend

n_neurons, run_time = 10, 200
sent, heard, told = [], [], []


def send_input(label, sender):
    for neuron_id in range(0, n_neurons, 2):
        time.sleep(0.01)
        sender.send_spike(label, neuron_id, send_full_keys=True)
        sent.append(neuron_id)
    time.sleep(0.02)
    sender.send_spikes(label, [1, 3])


def receive_spikes(label, step, neuron_ids):
    heard.extend((step, label, neuron) for neuron in neuron_ids)


def init_pop(label, n, run_time_ms, machine_timestep_ms):
    told.append((label, n, run_time_ms, machine_timestep_ms))


Frontend.setup(timestep=1.0, min_delay=1.0)
sender = Frontend.external_devices.SpynnakerLiveSpikesConnection(
    receive_labels=None, local_port=None, send_labels=["spike_injector"]
)
sender.add_init_callback("spike_injector", init_pop)
sender.add_start_resume_callback("spike_injector", send_input)
receiver = Frontend.external_devices.SpynnakerLiveSpikesConnection(receive_labels=["pop"], local_port=None)
receiver.add_receive_callback("pop", receive_spikes)

injector = Frontend.Population(
    n_neurons, Frontend.external_devices.SpikeInjector(database_notify_port_num=sender.local_port),
    label="spike_injector", additional_parameters={"virtual_key": 0x70000},
)  # fmt: skip
pop = Frontend.Population(n_neurons, Frontend.IF_curr_exp(tau_refrac=50.0), label="pop")
Frontend.Projection(injector, pop, Frontend.OneToOneConnector(), Frontend.StaticSynapse(weight=25.0, delay=3))
Frontend.external_devices.activate_live_output_for(pop, database_notify_port_num=receiver.local_port)
for each in (injector, pop):
    each.record(["spikes"])
Frontend.run(run_time)
injected, fired = (
    [(float(t), k) for k, train in enumerate(each.get_data("spikes").segments[0].spiketrains) for t in train.magnitude]
    for each in (injector, pop)
)
Frontend.end()

# In simulated time a sleep of 10 ms lasts ten steps; what is sent then comes in the step that begins.
expected = [(10.0 * (k + 1), 2 * k) for k in range(5)] + [(70.0, 1), (70.0, 3)]
assert sorted(injected) == expected, injected
# three steps later it arrives, and 25 nA reach the threshold within a step
assert sorted(fired) == [(t + 3, neuron) for t, neuron in expected], fired
assert sorted((t, neuron) for t, _, neuron in heard) == sorted(fired)
assert sent == [0, 2, 4, 6, 8] and told == [("spike_injector", n_neurons, run_time, 1.0)], told
