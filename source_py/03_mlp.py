# %% [markdown]
# # 03 · A network of layers

# %%
import numpy as np
from parts import Linear, Tanh


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "mlp", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MLP:
    """Two linear layers with an activation between them."""

    def __init__(self, input_dim, hidden_dim, output_dim, activation=Tanh, rng=None):
        """Draw both linear layers; `activation` is a class, such as Tanh."""
        self.linear1 = Linear(input_dim, hidden_dim, rng=rng)
        self.activation = activation()
        self.linear2 = Linear(hidden_dim, output_dim, rng=rng)

    def forward(self, x):
        """Take x (N, D), return y (N, K)."""
        return self.linear2.forward(self.activation.forward(self.linear1.forward(x)))

    def backward(self, grad_output):
        """Take dL/dy (N, K), set the gradients of both layers, return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        grad_hidden = self.linear2.backward(grad_output)
        grad_sum = self.activation.backward(grad_hidden)
        return self.linear1.backward(grad_sum)
        ### END SOLUTION

    def update_params(self, learning_rate):
        """Move the parameters of both linear layers one step against their gradients."""
        ### BEGIN SOLUTION
        self.linear1.update_params(learning_rate)
        self.linear2.update_params(learning_rate)
        ### END SOLUTION


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "sequential", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Sequential:
    """Layers in a row: what one puts out, the next takes in."""

    def __init__(self, layers):
        """Keep the layers, in the order in which values pass through them."""
        self.layers = list(layers)

    def forward(self, x):
        """Take the first layer's input, return the last layer's output."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = layer.forward(x)
        return x
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/d(output), let every layer set its gradients, return dL/d(input)."""
        ### BEGIN SOLUTION
        for layer in reversed(self.layers):
            grad_output = layer.backward(grad_output)
        return grad_output
        ### END SOLUTION

    def update_params(self, learning_rate):
        """Move the parameters of every layer that has some one step downhill."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            if hasattr(layer, "update_params"):
                layer.update_params(learning_rate)
        ### END SOLUTION
