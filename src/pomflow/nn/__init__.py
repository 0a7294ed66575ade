"""A small neural-network library: layers, activations, losses, optimizers, back-propagation; PCA and RBM.

Parameters of a network are one flat vector, so that an optimizer sees an array and a file holds an array;
``Network`` knows which part belongs to which layer. Nothing has hidden state: ``forward`` returns what
``backward`` needs. The same code runs on NumPy and CuPy.
"""

from pomflow.nn.activations import ELEMENTWISE, Elementwise
from pomflow.nn.configurations import configurations
from pomflow.nn.convolution import Convolution
from pomflow.nn.heads import TiedHead
from pomflow.nn.layers import Activation, Dense, Layer, Scale, Softmax
from pomflow.nn.losses import CrossEntropy, PerceptronCriterion, SquaredError
from pomflow.nn.minibatches import balanced, shuffled
from pomflow.nn.network import Network
from pomflow.nn.optimizers import SGD, Adam, Momentum
from pomflow.nn.patterns import PatternConvolution
from pomflow.nn.pca import principal_components, reconstruction_error
from pomflow.nn.pooling import Flatten, GlobalMean, MaxPool, MeanPool
from pomflow.nn.rbm import RBM, fit_rbm
from pomflow.nn.schedules import hold_then_cosine
from pomflow.nn.standardization import Standardize
from pomflow.nn.train import fit

__all__ = [
    "ELEMENTWISE",
    "RBM",
    "SGD",
    "Activation",
    "Adam",
    "Convolution",
    "CrossEntropy",
    "Dense",
    "Elementwise",
    "Flatten",
    "GlobalMean",
    "Layer",
    "MaxPool",
    "MeanPool",
    "Momentum",
    "Network",
    "PatternConvolution",
    "PerceptronCriterion",
    "Scale",
    "Softmax",
    "SquaredError",
    "Standardize",
    "TiedHead",
    "balanced",
    "configurations",
    "fit",
    "fit_rbm",
    "hold_then_cosine",
    "principal_components",
    "reconstruction_error",
    "shuffled",
]
